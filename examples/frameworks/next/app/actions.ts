"use server";

import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import { visitors } from "../visitors";

export async function count() {
  const session = visitors.open(await cookies());
  await session.upsert({ count: 1 }, (it) => void it.count++);
  redirect("/");
}

export async function signIn(form: FormData) {
  // Check the password here.
  const user = String(form.get("user") ?? "");
  const message = `Welcome, ${user}.`;
  const session = visitors.open(await cookies());
  await session.rotate({ count: 0, user, message }, (it) => ({ ...it, user, message }), {
    restart: true,
  });
  redirect("/");
}

export async function signOut() {
  const session = visitors.open(await cookies());
  await session.remove();
  await session.rotate({ count: 0, message: "You are signed out." }, (it) => it);
  redirect("/");
}
