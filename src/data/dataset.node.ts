/**
 * Reading DATA: a folder with one sub-folder per class, the same under train/ and test/, or a list. The layout
 * says which files there are, the survey what they hold; here both become a `Dataset`.
 */
import { createHash } from 'node:crypto'
import { extname, join } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import type { Dataset, Item, Unreadable } from './dataset.ts'
import { findLayout, type Layout } from './layout.node.ts'
import { type SurveyOptions, survey } from './survey.node.ts'

export interface ReadOptions extends SurveyOptions {
  /** make the first unreadable image an error instead of skipping it */
  strict?: boolean
  /** how many classes there must be; 1 where nothing is learned from the labels: then loose images will do */
  minimumClasses?: number
}

/**
 * Reads a data set. Unreadable images are skipped and reported in `unreadable`; files in class folders that
 * neither are images nor are named like one are let be.
 * @throws GlasshouseError where there is no such data, it has no classes, a list is malformed, or under `strict`
 */
export async function readDataset(data: string, options: ReadOptions = {}): Promise<Dataset> {
  const { minimumClasses = 2 } = options
  const layout = await findLayout(data, minimumClasses < 2)
  const { root } = layout
  const candidates = layout.candidates.sort((a, b) => compare(a.path, b.path))
  const findings = await survey(
    root,
    candidates.map(({ path }) => path),
    options,
  )
  const images: (Omit<Item, 'label'> & { label: string })[] = []
  const unreadable: Unreadable[] = layout.empty.map(path => ({ path, reason: 'the folder holds no file' }))
  findings.forEach((finding, i) => {
    const { path, label, split, role, line } = candidates[i]
    if ('hash' in finding) images.push({ path, label, split, ...(role && { role }), ...finding })
    else if (line !== undefined)
      unreadable.push({ path, reason: `${finding.reason} (line ${line} of the list)` })
    else if (finding.isImage || namedLikeImage(path)) unreadable.push({ path, reason: finding.reason })
  })
  if (options.strict && unreadable.length > 0) refuse(root, unreadable)
  if (images.length === 0) refuseEmpty(layout, unreadable)
  const classes = [...new Set(images.map(({ label }) => label))].sort()
  if (classes.length < minimumClasses) {
    throw new GlasshouseError({
      code: 'data-too-few-classes',
      what: 'too few classes',
      where: data,
      expected: `at least ${minimumClasses}`,
      got: `${classes.length}: '${classes.join("', '")}'`,
      hint: 'Name the folder above the class folders, or add images of another class',
    })
  }
  const indexOf = new Map(classes.map((name, index) => [name, index]))
  return {
    root,
    classes,
    items: images.map(({ label, ...image }) => ({ ...image, label: indexOf.get(label)! })),
    unreadable,
    fingerprint: fingerprint(images),
  }
}

/** The absolute path of an item's file. */
export const fileOf = (dataset: Dataset, item: { path: string }): string => join(dataset.root, item.path)

function fingerprint(images: readonly (Omit<Item, 'label'> & { label: string })[]): string {
  const hash = createHash('sha256')
  for (const { path, label, split, role, bytes, hash: content } of images) {
    const what = [path, label, split ?? null, bytes, content, ...(role ? [role] : [])]
    hash.update(`${JSON.stringify(what)}\n`)
  }
  return hash.digest('hex')
}

const extensions = new Set(
  '.jpg .jpeg .jpe .jfif .png .webp .gif .tif .tiff .avif .bmp .heic .heif .jp2 .jxl'.split(' '),
)
const namedLikeImage = (path: string) => extensions.has(extname(path).toLowerCase())

/** By code unit, as `sort()` does. */
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function refuse(root: string, unreadable: readonly Unreadable[]): never {
  const [{ path, reason }] = unreadable
  const others = unreadable.length - 1
  throw new GlasshouseError({
    code: 'image-unreadable',
    what: `cannot read this image${others ? ` and ${others} more` : ''}`,
    where: join(root, path),
    got: reason,
    hint: 'Mend or remove it, or leave out --strict to skip it',
  })
}

function refuseEmpty({ root, list, candidates }: Layout, unreadable: readonly Unreadable[]): never {
  if (list && unreadable.every(({ reason }) => reason.startsWith('no such file'))) {
    const first = candidates.reduce((a, b) => (a.line! < b.line! ? a : b))
    throw new GlasshouseError({
      code: 'list-files-missing',
      what: 'none of the images that the list names exists',
      where: `${list}, line ${first.line}`,
      got: `'${first.path}'`,
      hint: `Paths are relative to the folder of the list, ${root}`,
    })
  }
  throw new GlasshouseError({
    code: 'data-empty',
    what: 'there is no readable image',
    where: list ?? root,
    got: unreadable.length ? `${unreadable[0].path}: ${unreadable[0].reason}` : undefined,
    hint: 'JPEG, PNG, WebP, GIF, TIFF and AVIF are read',
  })
}
