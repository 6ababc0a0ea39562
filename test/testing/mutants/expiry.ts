import { deadlineOf } from "../small-driver.ts";
import { keepsTtl, leftOf, type Mutation, touched, ttlOf, written } from "./mutation.ts";

const seconds = (round: (n: number) => number) => (it: { readonly ttl: number | undefined }) => ({
  ttl: it.ttl === undefined ? undefined : round(it.ttl / 1000) * 1000,
});
/** Drivers whose records end too early or too late. */
export const expiry: Record<string, Mutation> = {
  "ignores ttl": written(() => ({ ttl: undefined })),
  "ignores ttl in updates": written(() => ({ ttl: undefined }), "version"),
  "ignores ttl of what is retained": written(({ retain, ttl }) => ({
    ttl: retain ? undefined : ttl,
  })),
  "takes the timeout for the ttl": written(({ timeout, ttl }) => ({ ttl: timeout ?? ttl })),
  "keeps the old ttl in writes without a condition": written(keepsTtl, "none"),
  "keeps the old ttl in writes if present": written(keepsTtl, "present"),
  "keeps the old ttl in writes by a version": written(keepsTtl, "version"),
  "keeps the old ttl where the new one is none": written((it, key, backend) =>
    it.ttl === undefined ? keepsTtl(it, key, backend) : {},
  ),
  "never shortens a ttl": written((it, key, backend) =>
    ttlOf(Math.max(it.ttl ?? Infinity, leftOf(key, backend) ?? 0)),
  ),
  "never prolongs a ttl": written((it, key, backend) =>
    ttlOf(Math.min(it.ttl ?? Infinity, leftOf(key, backend) ?? Infinity)),
  ),
  "rounds ttl up to seconds": written(seconds(Math.ceil)),
  "rounds ttl down to seconds": written(seconds(Math.floor)),
  "rounds ttl to seconds": written(seconds(Math.round)),
  "rounds ttl of touches up to seconds": touched(seconds(Math.ceil)),
  "takes ttl for seconds": written(({ ttl }) => ({ ttl: ttl && ttl * 1000 })),
  "lets a record live a millisecond longer": written(({ ttl }) => ({ ttl: ttl && ttl + 1 })),
  "lets a record live a millisecond less": written(({ ttl }) => ({ ttl: ttl && ttl - 1 })),
  "expires by a timer": (right) => ({
    write: (key, text, options) => {
      const result = right.write(key, text, options);
      const { ttl } = options;
      if (result.written && ttl !== undefined) {
        setTimeout(() => right.read(key)?.version === result.version && right.remove(key), ttl);
      }
      return result;
    },
  }),
  "counts a ttl above 30 days from 1970": written(({ ttl }) => ({
    ttl: ttl && ttl > 30 * 86_400_000 ? ttl - Date.now() : ttl,
  })),
  "keeps ttl in 32 bits": written(({ ttl }) => ({ ttl: ttl && ttl | 0 })),
  "refuses a broken ttl": (right) => ({
    write: (key, text, options) => {
      if (!Number.isInteger(options.ttl ?? 0)) throw new Error("ERR value is not an integer");
      return right.write(key, text, options);
    },
  }),
  "goes by expiresAt": written(({ expiresAt }) => ({
    ttl: expiresAt === undefined ? undefined : expiresAt - Date.now(),
  })),
  "keeps no expiresAt": written(() => ({ expiresAt: undefined })),
  "works expiresAt out of ttl": written(({ ttl }) => ({ expiresAt: ttl && Date.now() + ttl })),
  "keeps ttl as expiresAt": written(({ ttl }) => ({ expiresAt: ttl })),
  "keeps expiresAt in seconds": written(({ expiresAt }) => ({
    expiresAt: expiresAt && Math.floor(expiresAt / 1000) * 1000,
  })),
  "keeps expiresAt in whole milliseconds": written(({ expiresAt }) => ({
    expiresAt: expiresAt && Math.round(expiresAt),
  })),
  "keeps expiresAt in 32 bits of seconds": written(({ expiresAt }) => ({
    expiresAt: expiresAt && expiresAt > 2 ** 31 * 1000 ? 2 ** 31 * 1000 : expiresAt,
  })),
  "keeps expiresAt of the first write": written((it, key, backend) => ({
    expiresAt: (backend.get(key) ?? it).expiresAt,
  })),
  "reads what has expired": (right, backend) => ({
    read: (key) => right.read(key) ?? backend.get(key),
  }),
  "prolongs with every read": (right, backend) => {
    const ttls = new Map<string, number | undefined>();
    return {
      read: (key) => {
        const record = right.read(key);
        const stored = backend.get(key);
        if (record && stored) backend.set(key, { ...stored, deadline: deadlineOf(ttls.get(key)) });
        return record;
      },
      write: (key, text, options) => {
        ttls.set(key, options.ttl);
        return right.write(key, text, options);
      },
    };
  },
  "removes with every read": (right) => ({
    read: (key) => {
      const record = right.read(key);
      right.remove(key);
      return record;
    },
  }),
};
