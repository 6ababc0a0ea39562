export type { Outage } from "./context.ts";
export { type DescribeDriverOptions, describeDriver, type TestRunner } from "./describe-driver.ts";
export { type FakeClock, fakeClock } from "./fake-clock.ts";
export {
  type Delay,
  type Fault,
  type FaultOptions,
  type FaultyDriver,
  faultyDriver,
} from "./faulty-driver.ts";
