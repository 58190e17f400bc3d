/** The page's style sheet. Chart colours keep apart for the colour-blind (Okabe and Ito), in light and in dark. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1c2330; --muted: #5b6675; --line: #b8c0cc; --grid: #e8ebf0; --card: #f5f7fa;
  --candidate: #7a3fb0; --stable: #b4bcc8; --stable-line: #66707f;
  --relative: #c24a00; --floor: #d98a00; --limit: #0072b2; --pass: #00785a;
  --good: #00785a; --bad: #c0202f; --step: #66707f; --hold: #e0a100; --pause: #56b4e9; --warn: #8a6100;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #12161d; --text: #e6eaf0; --muted: #9aa5b4; --line: #465162; --grid: #232a35; --card: #1b212b;
    --candidate: #c39bf0; --stable: #4c5768; --stable-line: #a3adbb;
    --relative: #ff8a4a; --floor: #f0b63a; --limit: #5cb8f0; --pass: #3fcfa4;
    --good: #3fcfa4; --bad: #ff7380; --step: #9aa5b4; --warn: #e8bd4f;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 24px 20px 48px; }
header { border-left: 6px solid var(--muted); padding-left: 16px; }
header.good { border-color: var(--good); }
header.bad, header.alarm { border-color: var(--bad); }
header.alarm h1 { color: var(--bad); }
h1 { font-size: 28px; line-height: 1.25; margin: 2px 0 6px; overflow-wrap: anywhere; text-wrap: balance; }
h2 { font-size: 19px; margin: 36px 0 8px; }
h3 { font-size: 14px; margin: 0; display: inline; }
p { margin: 0; }
.subject, .caption, .unit, .name, .meaning { color: var(--muted); }
.detail { font-size: 16px; max-width: 75ch; }
.reason { font-size: 16px; margin-bottom: 10px; max-width: 85ch; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(160px, 1fr)); gap: 10px; margin-top: 20px; }
.figures div { background: var(--card); border-radius: 6px; padding: 10px 12px; overflow-wrap: anywhere; }
.value { font-size: 20px; font-weight: 600; line-height: 1.3; }
.name, .unit, .meaning, .caption { font-size: 13px; }
figure { margin: 18px 0 0; break-inside: avoid; }
.plot, .wide { overflow-x: auto; }
.plot svg { display: block; width: 100%; min-width: 680px; height: auto; }
figcaption { display: flex; flex-wrap: wrap; gap: 4px 20px; align-items: baseline; margin-bottom: 2px; }
.key { display: inline-flex; flex-wrap: wrap; gap: 2px 16px; font-size: 13px; }
.key span { white-space: nowrap; }
.key svg { vertical-align: -1px; }
table { border-collapse: collapse; font-size: 14px; }
th { text-align: left; font-weight: 600; color: var(--muted); font-size: 13px; vertical-align: bottom; }
th, td { padding: 4px 14px 4px 0; border-bottom: 1px solid var(--grid); vertical-align: top; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.warn, tr.warn .symbol { color: var(--warn); }
td.good, tr.good .symbol { color: var(--good); }
td.bad, tr.bad .symbol { color: var(--bad); }
tr.bad td:last-child, .reached td { font-weight: 600; }
.reached .meaning { font-weight: 400; }
tr.quiet td { color: var(--muted); }
.log { width: 100%; }
.log td, .detail, .reason { overflow-wrap: anywhere; }
.log td, .reason { white-space: pre-line; }
.log .number { overflow-wrap: normal; }
.evidence td:first-child { min-width: 200px; }
.evidence td:last-child { white-space: nowrap; }
.log td:last-child, .log th:last-child { width: 100%; }
code { font-size: 13px; }
td:last-child, th:last-child { padding-right: 0; }
.bar { display: block; width: 140px; height: 8px; margin-top: 7px; background: var(--grid); border-radius: 4px; overflow: hidden; }
.bar i { display: block; height: 100%; background: var(--muted); }
.bar.relative i, .bar.slower i, .bar.fewer i, .bar.more i, .bar.thanBefore i { background: var(--relative); } .bar.floor i { background: var(--floor); }
.bar.limit i, .bar.tooSlow i { background: var(--limit); } .bar.pass i { background: var(--pass); }
dl { max-width: 85ch; margin: 0; }
dt { font-weight: 600; margin-top: 8px; }
dd { margin: 0; }
@media print {
  main { max-width: none; padding: 0; }
  body { font-size: 12px; }
  h2, .marks { break-after: avoid; }
  tr { break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
