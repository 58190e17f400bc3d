/**
 * What `make test` leaves to `make test FULL=1`, and to CI: what takes minutes, and what a shorter test tells of most of.
 * Whoever runs a file by itself runs all of it.
 */
const isShort = process.env.SLUICE_TESTS === "short";

export const itAtLength = isShort ? it.skip : it;
export const describeAtLength = isShort ? describe.skip : describe;
