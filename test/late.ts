import type { Driver } from "zession";
import { faultyDriver } from "zession/testing";

/** Makes a driver answer late, as one behind a network does: each time after a different while. */
export function late(driver: Driver): Driver {
  const faulty = faultyDriver(driver);
  faulty.inject({ jitter: 1 });
  return faulty;
}
