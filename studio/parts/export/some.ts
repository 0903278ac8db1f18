/** At most so many at once. */
const atOnce = 6

export async function mapSome<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < all.length) await work(all[next++])
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
