import type { Match } from "../../../config/audience.ts";
import type { renderHttpRoute } from "../../../components/routers/gateway.ts";
import type { renderVirtualService } from "../../../components/routers/istio.ts";
import type { Routing } from "../../../components/routers/router.ts";

/** Headers by their name in lower case. */
export type Request = Readonly<Record<string, string>>;

/** Services with their share in percent. */
export type Backends = Readonly<Record<string, number>>;

type HttpRouteSpec = ReturnType<typeof renderHttpRoute>["spec"];
type VirtualServiceSpec = ReturnType<typeof renderVirtualService>["spec"];

/** What Envoy does with istiod's routes: the first that matches, a regular expression for the whole value. */
export function routeByIstio({ http = [] }: VirtualServiceSpec, request: Request): Backends {
  const found = http.find(
    ({ match }) =>
      match?.some(({ headers = {} }) =>
        Object.entries(headers).every(([name, { exact, regex }]) => {
          const value = request[name];
          if (value === undefined) return false;
          return exact === undefined ? new RegExp(`^(?:${regex ?? ""})$`).test(value) : exact === value;
        }),
      ) ?? true,
  );
  return sharesOf(
    found?.route?.map(({ destination, weight = 100 }) => [destination.host.split(".")[0] ?? "", weight]) ?? [],
  );
}

/**
 * What the Gateway API asks for: of all rules that match, the one that matches by most headers, then the first. A regular
 * expression is only searched for, as by Kong: the strictest reading of what is left to implementations.
 */
export function routeByHttpRoute({ rules = [] }: HttpRouteSpec, request: Request): Backends {
  const matching = rules.flatMap(({ backendRefs = [], matches = [] }) =>
    matches.flatMap(({ headers = [] }) => {
      const all = headers.every(({ name, type, value }) => {
        const seen = request[name];
        if (seen === undefined) return false;
        return type === "RegularExpression" ? new RegExp(value).test(seen) : value === seen;
      });
      return all ? [{ count: headers.length, backendRefs }] : [];
    }),
  );
  const [first] = matching.toSorted((a, b) => b.count - a.count);
  return sharesOf(first?.backendRefs.map(({ name, weight = 100 }) => [name, weight]) ?? []);
}

function sharesOf(entries: readonly (readonly [string, number])[]): Backends {
  return Object.fromEntries(entries.filter(([, weight]) => weight > 0));
}

/** What a user of this project expects, by the words of the configuration alone. */
export function expectedBackends({ app, audience, split, state }: Routing, request: Request): Backends {
  const { candidate, live, weight } = state;
  const [stable, preview] = [`${app.name}-${live}`, `${app.name}-preview`];
  if (candidate === undefined) return { [stable]: 100 };
  if (request["x-canary"] === "true") return { [preview]: 100 };
  const segment = audience.segments.find(({ when }) => when.some((match) => belongs(match, request)));
  if (segment !== undefined) return { [segment.goesTo === "candidate" ? preview : app.name]: 100 };
  const other = `${app.name}-${candidate}`;
  if (split.by === "random" || weight === 0 || weight === 100) {
    return sharesOf([
      [stable, 100 - weight],
      [other, weight],
    ]);
  }
  const told = request[split.header];
  const over =
    split.by === "bucket" ? /^\d\d$/.test(told ?? "") && Number(told) < weight : split.values.includes(told ?? "");
  return { [over ? other : stable]: 100 };
}

function belongs({ cidr, cookie, header, userAgent }: Match, request: Request): boolean {
  const fits = (value: string | undefined, wanted: { exact?: string | undefined; regex?: string | undefined }) =>
    value !== undefined &&
    (wanted.exact === undefined ? new RegExp(`^(?:${wanted.regex ?? ""})$`).test(value) : wanted.exact === value);
  const cookies = (request.cookie ?? "").split(/; */).map((pair) => pair.split("="));
  return (
    (header === undefined || fits(request[header.name], header)) &&
    (cookie === undefined || cookies.some(([name, value]) => name === cookie.name && fits(value, cookie))) &&
    (userAgent === undefined || fits(request["user-agent"], { regex: userAgent })) &&
    (cidr === undefined || isWithin(request["x-forwarded-for"]?.split(",").at(-1)?.trim(), cidr))
  );
}

/** Whether an IPv4 address is in a network, by arithmetic. */
export function isWithin(address: string | undefined, cidr: string): boolean {
  if (address === undefined) return false;
  const [network = "", length = "32"] = cidr.split("/");
  const size = 2 ** (32 - Number(length));
  return Math.floor(numberOf(address) / size) === Math.floor(numberOf(network) / size);
}

function numberOf(address: string): number {
  return address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
}
