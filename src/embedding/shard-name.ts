/** What a shard of vectors is called: in its folder, among the attempts to make it, and to people. */
export const stemOfShard = (index: number): string => `shard-${String(index).padStart(6, '0')}`
