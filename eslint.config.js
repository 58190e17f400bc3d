import js from "@eslint/js";
import importX from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

/** Who may import whom: data flows one way, and the pure heart knows neither Pulumi nor the network. */
const rooms = [
  { room: "policies", mayNot: ["components", "release", "lab"] },
  { room: "config", mayNot: ["components", "engine", "release", "policies", "lab"] },
  { room: "engine", mayNot: ["components", "release", "policies", "lab"] },
  { room: "components", mayNot: ["release", "policies", "lab"] },
  { room: "release", mayNot: ["components", "lab"] },
  { room: "lab", mayNot: ["components"] },
];
const entries = ["./index.ts", "./policies/index.ts", "./release/cli.ts", "./lab/cli.ts"];
const ports = "./release/ports.ts";
const decisions = [
  "decide.ts",
  "rules.ts",
  "reasons.ts",
  "strictest.ts",
  "weight-check.ts",
  "watch-state.ts",
  "gate",
  "experiment",
  "replay",
];
const pure = ["advise.ts", "plan.ts", ...decisions].map((name) => `./release/${name}`);

const zones = [
  ...rooms.map(({ room, mayNot }) => ({
    target: `./${room}`,
    from: mayNot.map((name) => `./${name}`),
    message: `${room} knows only what it is built on.`,
  })),
  { target: ".", from: entries, message: "An entry file is where a program starts; nothing imports it." },
  { target: "./release/!(cli|session).ts", from: "./release/adapters", message: "Effects come through ports." },
  // The rules are for previews; of the release program, only `sluice review` asks them.
  { target: "./release/!(commands|review)/**", from: "./policies" },
  { target: "./release/*.ts", from: "./policies" },
  { target: "./release/commands/!(review).ts", from: "./policies" },
  { target: "./release/adapters", from: ["./release/execute.ts", "./release/watch.ts", "./release/session.ts"] },
  ...pure.map((target) => ({ target, from: ["./release/adapters", ports], except: [] })),
];

export default tseslint.config(
  { ignores: ["node_modules/", "build/", "sample/", "eslint.config.js"] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    plugins: { "import-x": importX },
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "import-x/no-restricted-paths": ["error", { zones }],
      "import-x/no-cycle": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      // A key that is taken out of an object by destructuring.
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "max-lines": ["error", { max: 250, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: pure.map((target) => (target.endsWith(".ts") ? target.slice(2) : `${target.slice(2)}/**`)),
    rules: {
      "no-restricted-imports": ["error", { patterns: ["@pulumi/*", "@kubernetes/*", "axios", "node:*"] }],
      "no-restricted-globals": ["error", "process", "Date", "setTimeout", "fetch"],
    },
  },
  {
    files: ["test/**"],
    rules: { "@typescript-eslint/unbound-method": "off", "@typescript-eslint/no-floating-promises": "off" },
  },
  // k8s resources and components are made for their effect.
  { files: ["components/**", "index.ts"], rules: { "no-new": "off" } },
);
