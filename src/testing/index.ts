export type { Outage } from "./context.ts";
export { type DescribeDriverOptions, describeDriver, type TestRunner } from "./describe-driver.ts";
export { type FakeClock, fakeClock } from "./fake-clock.ts";
export {
  type Delay,
  type DriverCall,
  type Fault,
  type FaultOptions,
  type FaultyDriver,
  type FaultyMethod,
  faultyDriver,
  type Interlude,
  type Jitter,
} from "./faulty-driver.ts";
export { type BrowserCookie, type SignedIn, signedIn } from "./signed-in.ts";
