import assert from "node:assert/strict";
import { STACK } from "../release/world.ts";
import { problemsOf } from "./problems.ts";

const withMatch = (match: unknown) => ({
  ...STACK,
  audience: { segments: [{ name: "beta", goesTo: "candidate", when: [match] }] },
});

describe("audience", () => {
  const at = "sluice:audience.segments[0].when[0]";
  const lookAround = "uses look-around, a named group or a back-reference, which routers lack (RE2)";
  const refusals: readonly (readonly [unknown, string])[] = [
    [{}, `${at}: matches every request: give a header, a cookie, a userAgent or a cidr`],
    [{ header: { name: "x-plan" } }, `${at}.header: give either "exact" or "regex"`],
    [{ header: { name: "x-plan", exact: "a", regex: "b" } }, `${at}.header: give either "exact" or "regex"`],
    [{ cookie: { name: "beta" } }, `${at}.cookie: give either "exact" or "regex"`],
    [
      { header: { name: "X-Plan", exact: "a" } },
      `${at}.header.name: write the header's name in lower case: letters, digits and '-' (is "X-Plan")`,
    ],
    [{ cookie: { name: "a b", exact: "a" } }, `${at}.cookie.name: use letters, digits, '_' and '-' (is "a b")`],
    [{ cidr: "10.0.0.0" }, `${at}.cidr: write a network as 10.1.0.0/16 or 2001:db8::/32 (is "10.0.0.0")`],
    [{ userAgent: "(" }, `${at}.userAgent: is no regular expression (is "(")`],
    [{ userAgent: "(?=a)a" }, `${at}.userAgent: ${lookAround} (is "(?=a)a")`],
    [{ userAgent: "(?<!a)b" }, `${at}.userAgent: ${lookAround} (is "(?<!a)b")`],
    [{ userAgent: "(?<n>a)" }, `${at}.userAgent: ${lookAround} (is "(?<n>a)")`],
    [{ userAgent: "(a)\\1" }, `${at}.userAgent: ${lookAround} (is "(a)\\\\1")`],
    [
      { userAgent: "\\u0041" },
      `${at}.userAgent: uses an escape that routers lack (RE2): write the character itself (is "\\\\u0041")`,
    ],
    [
      { userAgent: "a[^]" },
      `${at}.userAgent: has an empty character class, which routers read otherwise (RE2) (is "a[^]")`,
    ],
    [
      { header: { name: "cookie", exact: "a=b" }, cookie: { name: "beta", exact: "yes" } },
      `${at}.header.name: is what cookie reads: one match cannot ask twice (is "cookie")`,
    ],
    [
      { header: { name: "user-agent", exact: "a" }, userAgent: "b" },
      `${at}.header.name: is what userAgent reads: one match cannot ask twice (is "user-agent")`,
    ],
    [
      { header: { name: "x-forwarded-for", exact: "a" }, cidr: "10.0.0.0/8" },
      `${at}.header.name: is what cidr reads: one match cannot ask twice (is "x-forwarded-for")`,
    ],
    [
      { header: { name: "x-canary", exact: "false" } },
      `${at}.header.name: is the testers' header, which goes before every segment: use another (is "x-canary")`,
    ],
  ];
  for (const [match, problem] of refusals) {
    it(`refuses ${JSON.stringify(match)}`, () => assert.deepEqual(problemsOf(withMatch(match)), [problem]));
  }

  const accepted: readonly unknown[] = [
    { header: { name: "cookie", regex: ".*beta.*" } },
    { header: { name: "user-agent", exact: "probe" } },
    { userAgent: "(?i:beta)/\\d+\\\\1" },
    {
      header: { name: "x-plan", exact: "vip" },
      cookie: { name: "beta", exact: "yes" },
      userAgent: ".*",
      cidr: "10.1.0.0/16",
    },
  ];
  for (const match of accepted) {
    it(`takes ${JSON.stringify(match)}`, () => assert.deepEqual(problemsOf(withMatch(match)), []));
  }

  it("refuses a segment without a match, and a second one of the same name", () => {
    const when = [{ userAgent: ".*" }];
    const segments = [
      { name: "beta", goesTo: "candidate", when },
      { name: "beta", goesTo: "stable", when: [] },
    ];
    assert.deepEqual(problemsOf({ ...STACK, audience: { segments } }), [
      "sluice:audience.segments[1].when: Too small: expected array to have >=1 items",
      'sluice:audience.segments[1].name: is taken by segment 0 (is "beta")',
    ]);
  });

  it("refuses a mirror of nothing, and of more than everything", () => {
    for (const [percent, problem] of [
      [0, "sluice:audience.mirror.percent: Too small: expected number to be >=1 (is 0)"],
      [101, "sluice:audience.mirror.percent: Too big: expected number to be <=100 (is 101)"],
    ] as const) {
      assert.deepEqual(problemsOf({ ...STACK, audience: { mirror: { percent } } }), [problem]);
    }
  });
});
