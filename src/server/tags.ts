/** Tags on images, by data set: one file in the studio's own folder. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import { writeFileAtomic } from '../base/files.node.ts'
import type { TagChange, Tags } from './api.ts'

export interface TagStore {
  /** @param data the real path of the data set */
  of(data: string): Promise<Tags>
  change(data: string, change: Omit<TagChange, 'data'>): Promise<Tags>
}

const schema = z.record(z.string(), z.record(z.string(), z.array(z.string())))
const mostTags = 500

export function createTagStore(own: string): TagStore {
  const path = join(own, 'tags.json')
  const all = async () => {
    const text = await readFile(path, 'utf8').catch(() => '{}')
    try {
      return schema.parse(JSON.parse(text))
    } catch {
      throw new GlasshouseError({
        code: 'not-text',
        what: 'this file of tags is damaged',
        where: path,
        hint: 'Mend it or remove it',
      })
    }
  }
  const listed = (tags: Record<string, string[]>): Tags => ({
    tags: Object.entries(tags).map(([name, paths]) => ({ name, paths })),
  })
  let last: Promise<unknown> = Promise.resolve()
  return {
    of: async data => listed((await all())[data] ?? {}),
    change(data, { tag, add = [], remove = [] }) {
      const changed = last.then(async () => {
        const everything = new Map(Object.entries(await all()))
        const tags = new Map(Object.entries(everything.get(data) ?? {}))
        const paths = new Set([...(tags.get(tag) ?? []), ...add])
        for (const path of remove) paths.delete(path)
        if (paths.size) tags.set(tag, [...paths].sort())
        else tags.delete(tag)
        if (tags.size > mostTags)
          throw new GlasshouseError({
            code: 'option-value',
            what: `there are ${mostTags} tags already`,
            path: ['tag'],
          })
        everything.set(data, Object.fromEntries(tags))
        await writeFileAtomic(path, `${JSON.stringify(Object.fromEntries(everything), null, 1)}\n`)
        return listed(Object.fromEntries(tags))
      })
      last = changed.catch(() => {})
      return changed
    },
  }
}
