// Every entry of the package that needs no other library.
export * as zession from "zession";
export * as postgres from "zession/drivers/postgres";
export * as redis from "zession/drivers/redis";
export * as sqlite from "zession/drivers/sqlite";
export * as testing from "zession/testing";
