/** One image of the sample service. All share their layers; they differ in what the environment switches on. */
export interface SampleVersion {
  readonly version: string;
  /** What it stands for. */
  readonly title: string;
  /** Faults that the image has from the start; more can be switched on at run time. */
  readonly env: Readonly<Record<string, string>>;
}

/** Name of the images, without a tag. */
export const sampleRepository = "sluice-sample";

/** The versions that the lab can release. */
export const sampleVersions: readonly SampleVersion[] = [
  { version: "1.0.0", title: "good", env: {} },
  { version: "1.1.0", title: "good", env: {} },
  { version: "1.2.0", title: "starts healthy, for faults that are switched on at run time", env: {} },
  { version: "1.3.0", title: "subtly bad: 2 % of the answers fail", env: { SAMPLE_FAULT_ERROR_SHARE: "0.02" } },
  { version: "1.4.0", title: "badly bad: half of the answers fail", env: { SAMPLE_FAULT_ERROR_SHARE: "0.5" } },
];

/** The image of one version, as pods name it. */
export function sampleImage(version: string): string {
  return `${sampleRepository}:${version}`;
}
