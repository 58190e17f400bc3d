import assert from "node:assert/strict";
import fc from "fast-check";
import { parseQuery, renderQuery, uses, type QueryTemplate } from "../../config/query-template.ts";

const VALUES = { app: "shop", namespace: "prod", slot: "green", version: "1.2.0", window: "5m", weight: 25 };

function template(text: string): QueryTemplate {
  const parsed = parseQuery(text);
  assert.ok("holes" in parsed, JSON.stringify(parsed));
  return parsed;
}

describe("a query with variables", () => {
  for (const [text, expected] of [
    ["up", "up"],
    ['sum(rate(hits{slot="{{ slot }}"}[{{ window }}]))', 'sum(rate(hits{slot="green"}[5m]))'],
    ['hits{namespace="{{namespace}}",app="{{app}}"}', 'hits{namespace="prod",app="shop"}'],
    // In a pattern a dot would match anything.
    ['hits{version=~"{{ version }}"}', 'hits{version=~"1\\\\.2\\\\.0"}'],
    ['hits{version!~"v{{ version }}-.*"}', 'hits{version!~"v1\\\\.2\\\\.0-.*"}'],
    ["hits{version=~`{{ version }}`}", "hits{version=~`1\\.2\\.0`}"],
    ['hits{version="{{ version }}"}', 'hits{version="1.2.0"}'],
    ['hits{pod=~"{{ app }}-{{ slot }}-.*"}', 'hits{pod=~"shop-green-.*"}'],
    ["sum(rate(hits[{{ window }}])) / {{ weight }}", "sum(rate(hits[5m])) / 25"],
    ["max_over_time(load[1h:{{ window }}])", "max_over_time(load[1h:5m])"],
    ["hits offset {{ window }}", "hits offset 5m"],
    ['label_replace(hits, "v", "{{ version }}", "", "")', 'label_replace(hits, "v", "1.2.0", "", "")'],
  ] as const) {
    it(`has its values: ${text}`, () => assert.equal(renderQuery(template(text), VALUES), expected));
  }

  for (const [text, line, column, problem] of [
    ["", 1, 1, "is empty"],
    ["sum(rate(hits[5m])", 1, 19, "ends too early: a bracket or an operand is missing"],
    ["a b", 1, 3, 'unexpected "b"'],
    ["a ==\n  sum(b))", 2, 9, 'unexpected ")"'],
    ["average(a)", 1, 8, '"average" is no function of PromQL'],
    [
      "{{ args.service }}",
      1,
      1,
      "{{ args.service }} is no variable: there are app, namespace, slot, version, window, weight",
    ],
    ["rate(a[{{ interval }}])", 1, 8, "{{ interval }} is no variable: here it is called {{ window }}"],
    ['a{b="{{ window }}"}', 1, 6, "{{ window }} is a duration: write it where one stands, as in [{{ window }}]"],
    ['a{b="{{ weight }}"}', 1, 6, "{{ weight }} is a number: write it where one stands, outside of quotes"],
    ["a_{{ slot }}", 1, 3, "{{ slot }} is text: write it inside the quotes of a label's value"],
    ["sum by ({{ slot }}) (a)", 1, 9, "{{ slot }} is text: write it inside the quotes of a label's value"],
  ] as const) {
    it(`is refused with its place: ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parseQuery(text), { line, column, problem });
    });
  }

  it("tells which variables it uses", () => {
    const parsed = template('a{slot="{{ slot }}"}');
    assert.deepEqual([uses(parsed, "slot"), uses(parsed, "version")], [true, false]);
  });

  it("stays the same query whatever the values are", () => {
    const text = 'a{b="x{{ version }}",c=~"{{ version }}.*",d=\'{{ version }}\'}';
    fc.assert(
      fc.property(fc.string(), (version) => {
        const query = renderQuery(template(text), { ...VALUES, version });
        const parsed = parseQuery(query.replaceAll("{{", "__"));
        // A line break cannot stand in these quotes; everything else stays inside of them.
        return version.includes("\n") || "holes" in parsed;
      }),
    );
  });
});
