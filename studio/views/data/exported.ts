/** Images of a data set as they are exported: the first ones of what is chosen, or the near-duplicates. */
import { addressOf, client } from '../../client.ts'
import { mostImages } from '../../parts/export/most-images.ts'
import type { PageAsked } from '../../parts/export/page.ts'
import { pageSize } from './pages.ts'

/** @param wanted data, and which of its images: class, split, tag, search */
export async function pageOf(
  wanted: { data: string } & Readonly<Record<string, string | undefined>>,
  isTwins: boolean,
): Promise<PageAsked> {
  const { data } = wanted
  const pages = Array.from({ length: isTwins ? 1 : Math.ceil(mostImages / pageSize) }, (_, page) => ({
    ...wanted,
    offset: page * pageSize,
    count: pageSize,
  }))
  const sheets = await Promise.all(pages.map(page => client.images(page)))
  const twins = isTwins ? await client.duplicates(data) : undefined
  const shown = twins ? (twins.groups ?? []).flat() : sheets.flatMap(({ images }) => images)
  return {
    view: 'data',
    answers: [addressOf.data(data)],
    known: {
      ...Object.fromEntries(pages.map((page, at) => [addressOf.images(page), sheets[at]])),
      ...(twins && { [addressOf.duplicates(data)]: twins }),
    },
    images: shown.slice(0, mostImages).map(({ path }) => ({ data, path })),
    imageSize: 128,
  }
}
