import { cookies } from "next/headers";
import { visitors } from "../../visitors";

/** A Server Component, which can set no cookie. */
export default async function ReadOnly() {
  const session = visitors.open(await cookies());
  const text = await session
    .upsert({ count: 1 }, (it) => void it.count++)
    .then(
      (it) => `Count: ${it.count}`,
      (error: unknown) => `${error}`,
    );
  return <p>{text}</p>;
}
