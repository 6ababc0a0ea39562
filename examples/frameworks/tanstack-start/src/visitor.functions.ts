import { redirect } from "@tanstack/react-router";
import { createServerFn } from "@tanstack/react-start";
import { z } from "zod";
import { currentVisitor } from "./visitors.server";

export const getVisitor = createServerFn().handler(async () => {
  const session = currentVisitor();
  const message = await session.take("message");
  const visitor = await session.find();
  return { message, count: visitor?.count ?? 0, user: visitor?.user };
});

export const count = createServerFn({ method: "POST" }).handler(async () => {
  await currentVisitor().upsert({ count: 1 }, (it) => void it.count++);
  throw redirect({ to: "/" });
});

export const signIn = createServerFn({ method: "POST" })
  .validator((form: FormData) =>
    z.object({ user: z.string().min(1) }).parse(Object.fromEntries(form)),
  )
  .handler(async ({ data: { user } }) => {
    // Check the password here.
    const message = `Welcome, ${user}.`;
    await currentVisitor().rotate({ count: 0, user, message }, (it) => ({ ...it, user, message }), {
      restart: true,
    });
    throw redirect({ to: "/" });
  });

export const signOut = createServerFn({ method: "POST" }).handler(async () => {
  const session = currentVisitor();
  await session.remove();
  await session.rotate({ count: 0, message: "You are signed out." }, (it) => it);
  throw redirect({ to: "/" });
});
