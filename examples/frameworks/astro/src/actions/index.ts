import { defineAction } from "astro:actions";
import { z } from "astro/zod";
import { visitors } from "../lib/visitors";

export const server = {
  count: defineAction({
    accept: "form",
    handler: async (_, { cookies }) => {
      await visitors.open(cookies).upsert({ count: 1 }, (it) => void it.count++);
    },
  }),

  signIn: defineAction({
    accept: "form",
    input: z.object({ user: z.string().min(1) }),
    handler: async ({ user }, { cookies }) => {
      // Check the password here.
      const message = `Welcome, ${user}.`;
      await visitors
        .open(cookies)
        .rotate({ count: 0, user, message }, (it) => ({ ...it, user, message }), { restart: true });
    },
  }),

  signOut: defineAction({
    accept: "form",
    handler: async (_, { cookies }) => {
      const session = visitors.open(cookies);
      await session.remove();
      await session.rotate({ count: 0, message: "You are signed out." }, (it) => it);
    },
  }),
};
