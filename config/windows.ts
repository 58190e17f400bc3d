import { z } from "zod";

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const TIME = /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/;
const timeOfDay = z.string().regex(TIME, 'write a time of day as "09:00", at most "24:00"');

const windowSchema = z
  .strictObject({
    days: z
      .array(z.enum(WEEKDAYS))
      .min(1)
      .default([...WEEKDAYS])
      .describe("Weekdays on which it opens."),
    from: timeOfDay.default("00:00").describe("Time of day at which it opens."),
    to: timeOfDay
      .default("24:00")
      .describe("Time of day at which it closes; one that is not after `from` is on the next day."),
    timeZone: z
      .string()
      .refine(isTimeZone, "is no IANA time zone, such as Europe/Berlin")
      .default("UTC")
      .describe("IANA name of the zone of these times, for example Europe/Berlin."),
  })
  .superRefine(({ from, to }, ctx) => {
    if (from !== to) return;
    ctx.addIssue({
      code: "custom",
      path: ["to"],
      message: 'is the same as from: leave both out for "all day"',
      input: to,
    });
  });

/** When steps forward are allowed; none means always. */
export const windowsSchema = z.array(windowSchema).default([]);

export type Window = z.infer<typeof windowSchema>;

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
