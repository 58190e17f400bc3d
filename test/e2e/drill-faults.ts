/** What a drill switches on in the sample service. */
export const FAULTS = {
  errors: {
    path: "/actuator/faults",
    headers: { "content-type": "application/json" },
    body: '{"errorShare":0.2}',
    atMostFailing: 60,
  },
};
