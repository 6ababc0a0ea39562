import { describe, it } from "vitest";
import { describeDriver } from "zession/testing";
import { mapDriver } from "../../examples/map-driver.ts";

describe("the example of a driver", () => {
  describeDriver("mapDriver", () => mapDriver(), { describe, it });
});
