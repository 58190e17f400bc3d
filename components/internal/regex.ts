/** For a regular expression that has to match this text as it is. */
export function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** Matches a whole `Cookie` header in which one cookie has this value. */
export function cookieRegex(cookie: {
  readonly name: string;
  readonly exact?: string | undefined;
  readonly regex?: string | undefined;
}): string {
  const value = cookie.exact === undefined ? (cookie.regex ?? "") : escapeRegex(cookie.exact);
  return `(.*; *)?${escapeRegex(cookie.name)}=(${value})(;.*)?`;
}
