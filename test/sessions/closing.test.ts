import { describe, expect, it, vi } from "vitest";
import { ConfigurationError, type Driver, defineSession, memoryDriver } from "zession";
import { z } from "zod";
import { drivers } from "./drivers.ts";

function count(name: string, driver: Driver) {
  return defineSession({
    name: name as "session",
    key: z.string(),
    value: z.number(),
    keyFn: () => null,
    driver,
  });
}

describe.each(drivers)("closing one of two definitions – %s", (_, make) => {
  it("leaves the other and its sessions as they are (D16)", async () => {
    const driver = make();
    const id = crypto.randomUUID();
    const [visits, carts] = [count("visits", driver), count("carts", driver)];
    await visits.store.insert(id, 1);
    await carts.store.insert(id, 2);

    await visits.close();
    await visits.close();
    await expect(visits.store.find(id)).rejects.toMatchObject({ name: "UnavailableError" });
    expect(await carts.store.find(id)).toBe(2);
    expect(await carts.store.upsert(id, 100, (n) => n + 1)).toBe(3);

    await carts.close();
    await expect(carts.store.find(id)).rejects.toMatchObject({ name: "UnavailableError" });
  });
});

describe("closing", () => {
  it("closes the driver once, with the last definition on it (D16)", async () => {
    const driver = memoryDriver();
    const close = vi.spyOn(driver, "close");
    const [visits, carts] = [count("visits", driver), count("carts", driver)];
    await visits.close();
    await visits.close();
    expect(close).not.toHaveBeenCalled();
    await Promise.all([carts.close(), carts.close()]);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it("does not wait for a definition that was refused (D16)", async () => {
    const driver = memoryDriver();
    const close = vi.spyOn(driver, "close");
    const options = { key: z.string(), value: z.number(), keyFn: () => null, driver } as const;
    for (const wrong of [{ maxBytes: 0 }, { onInvalid: "no" }, { value: 1 }, { timeout: 0 }]) {
      const refused = { ...options, ...wrong } as unknown as typeof options;
      expect(() => defineSession(refused)).toThrow(ConfigurationError);
    }
    await defineSession(options).close();
    expect(close).toHaveBeenCalledTimes(1);
  });

  it("makes a definition that comes too late say so, instead of starting empty (D16)", async () => {
    const driver = memoryDriver();
    await count("visits", driver).close();
    await expect(count("visits", driver).store.find("a")).rejects.toMatchObject({
      name: "UnavailableError",
    });
  });
});
