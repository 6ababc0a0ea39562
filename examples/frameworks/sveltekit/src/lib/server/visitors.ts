import { cookieKey, defineSession } from "zession";
import { sqliteDriver } from "zession/drivers/sqlite";
import { z } from "zod";

export const visitors = defineSession({
  name: "visitor",
  value: z.object({
    count: z.number().int(),
    user: z.string().min(1).optional(),
    message: z.string().optional(),
  }),
  keyFn: cookieKey(),
  lifetime: { idle: "30m", absolute: "12h" },
  privileged: ["user"],
  driver: sqliteDriver({ filename: "sessions.db" }),
});
