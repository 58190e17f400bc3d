/** Matches every address of an IPv4 network, written as usual: four decimal numbers. */
export function cidrRegex(cidr: string): string {
  const [address = "", length = "32"] = cidr.split("/");
  const fixedBits = (octet: number) => Math.min(Math.max(Number(length) - 8 * octet, 0), 8);
  return address
    .split(".")
    .map((octet, i) => octetRegex(Number(octet), fixedBits(i)))
    .join("\\.");
}

/** One number of the address, of which only so many leading bits are fixed. */
function octetRegex(octet: number, fixedBits: number): string {
  if (fixedBits === 0) return "[0-9]+";
  const size = 2 ** (8 - fixedBits);
  const first = octet - (octet % size);
  const numbers = Array.from({ length: size }, (_, i) => first + i);
  return size === 1 ? String(octet) : `(${numbers.join("|")})`;
}

/**
 * Matches an `x-forwarded-for` header by the client's address that the outermost trusted proxy saw. Each proxy adds the
 * address of whoever called it at the end; what stands before those was written by the client, and proves nothing.
 */
export function forwardedForRegex(cidr: string, trustedProxies: number): string {
  const behind = trustedProxies === 0 ? "" : `(, *[^,]+){${trustedProxies}}`;
  return `(.*, *)?${cidrRegex(cidr)}${behind}`;
}
