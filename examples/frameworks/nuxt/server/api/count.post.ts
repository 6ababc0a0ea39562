export default defineEventHandler(async (event) => {
  await visitors.of(event.node.req).upsert({ count: 1 }, (it) => void it.count++);
  return sendRedirect(event, "/", 303);
});
