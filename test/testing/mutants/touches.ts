import { deadlineOf, holds } from "../small-driver.ts";
import { keepsTtl, type Mutation, tick, touched } from "./mutation.ts";

/** Drivers that touch more than they should, or less. */
export const touches: Record<string, Mutation> = {
  "touches whatever the version": touched(() => ({ if: undefined })),
  "touches nothing and says it did": () => ({ touch: () => true }),
  "touches and says it did not": (right) => ({
    touch: (key, options) => {
      right.touch(key, options);
      return false;
    },
  }),
  "never touches": () => ({ touch: () => false }),
  "touches ttl only": touched((_, key, backend) => ({ expiresAt: backend.get(key)?.expiresAt })),
  "touches expiresAt only": touched(keepsTtl),
  "touches to no end": touched(() => ({ ttl: undefined })),
  "keeps the old end where a touch sets none": touched((it, key, backend) =>
    it.ttl === undefined ? keepsTtl(it, key, backend) : {},
  ),
  "moves the end of another version and says it did not": (right) => ({
    touch: (key, options) => {
      const isHeld = right.touch(key, options);
      if (!isHeld) right.touch(key, { ...options, if: undefined });
      return isHeld;
    },
  }),
  "changes the version with a touch": (right) => ({
    touch: (key, options) => {
      const record = right.read(key);
      if (record === undefined) return false;
      return right.write(key, record.text, { ...options, if: options.if ?? "present" }).written;
    },
  }),
  "makes a record by a touch": (right) => ({
    touch: (key, options) =>
      right.touch(key, options) || right.write(key, "", { ...options, if: "absent" }).written,
  }),
  "revives an expired record by a touch": (right, backend) => ({
    touch: (key, options) => {
      const stored = backend.get(key);
      if (stored) backend.set(key, { ...stored, deadline: Infinity });
      return right.touch(key, options);
    },
  }),
  "revives an expired record by a touch that says it did not": (right, backend) => ({
    touch: (key, options) => {
      const isTouched = right.touch(key, options);
      const stored = backend.get(key);
      if (!isTouched && stored && Date.now() >= stored.deadline) {
        backend.set(key, { ...stored, deadline: deadlineOf(options.ttl) });
      }
      return isTouched;
    },
  }),
  "writes back by a touch what it read before": (right, backend) => ({
    touch: async (key, options) => {
      const stored = backend.get(key);
      if (!right.read(key) || !stored || !holds(options.if, stored)) return false;
      await tick();
      if (backend.has(key)) {
        backend.set(key, { ...stored, ...options, deadline: deadlineOf(options.ttl) });
      }
      return true;
    },
  }),
  "revives by a touch what was removed meanwhile": (right, backend) => ({
    touch: async (key, options) => {
      const stored = backend.get(key);
      await tick();
      if (stored && !backend.has(key)) backend.set(key, stored);
      return right.touch(key, options);
    },
  }),
  "judges the version before, and touches after": (right) => ({
    touch: async (key, options) => {
      if (!holds(options.if, right.read(key))) return false;
      await tick();
      return right.touch(key, { ...options, if: undefined });
    },
  }),
};
