export { type DescribeDriverOptions, describeDriver, type TestRunner } from "./describe-driver.ts";
