/** What an object says, without what changes when it is only looked at or touched: its status, its versions, who wrote it. */
export function content({ metadata, status: _, ...rest }: any): object {
  const { managedFields, resourceVersion, generation, ...meta } = metadata;
  return { ...rest, metadata: meta };
}
