/**
 * Data sets of the papers on metric learning, read from the files that their publishers distribute:
 *
 *   CUB-200-2011             images.txt, image_class_labels.txt, classes.txt, train_test_split.txt, images/
 *   CARS196                  cars_annos.mat, car_ims/
 *   Stanford Online Products Ebay_train.txt, Ebay_test.txt
 *   In-shop                  list_eval_partition.txt (or in Eval/), img/ (or in Img/)
 *
 * CUB and CARS come with a split for classification; the papers on embeddings divide by class instead, which
 * `--hold-out-classes 0.5` does: class names sort by number. The other two divide by class themselves.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { readRegular } from '../base/files.node.ts'
import type { Candidate, Layout } from './candidates.ts'
import { type MatStruct, parseMat } from './matlab.ts'
import { decodeText } from './text.ts'

interface Published {
  /** files, relative to the root, that tell the data set */
  signs: readonly string[]
  candidates(root: string): Promise<Candidate[]>
}

const partitions = ['list_eval_partition.txt', 'Eval/list_eval_partition.txt']

const published: readonly Published[] = [
  { signs: ['images.txt', 'image_class_labels.txt'], candidates: readCub },
  { signs: ['cars_annos.mat'], candidates: readCars },
  { signs: ['Ebay_train.txt', 'Ebay_test.txt'], candidates: readOnlineProducts },
  ...partitions.map(sign => ({ signs: [sign], candidates: (root: string) => readInShop(root, sign) })),
]

/** The layout of a published data set; undefined where the folder is none. */
export async function publishedLayout(root: string): Promise<Layout | undefined> {
  const known = published.find(({ signs }) => signs.every(sign => existsSync(join(root, sign))))
  if (!known) return undefined
  return {
    root,
    list: join(root, known.signs[0]),
    candidates: await known.candidates(root),
    unreadable: [],
    notes: [],
  }
}

/** Lines of a text file as words, each with its number. */
async function rows(
  root: string,
  name: string,
  columns: number,
  skip = 0,
): Promise<{ cells: string[]; line: number }[]> {
  const path = join(root, name)
  const text = decodeText(await readRegular(path), path)
  return text.split(/\r?\n/).flatMap((row, index) => {
    const cells = row.trim().split(/\s+/)
    if (index < skip || row.trim() === '') return []
    if (cells.length < columns) {
      throw new GlasshouseError({
        code: 'list-row',
        what: 'the row is too short',
        where: `${path}, line ${index + 1}`,
        expected: `${columns} words`,
        got: `'${row.trim()}'`,
      })
    }
    return [{ cells, line: index + 1 }]
  })
}

async function readCub(root: string): Promise<Candidate[]> {
  const table = async (name: string) =>
    new Map((await rows(root, name, 2)).map(({ cells: [id, value] }) => [id, value]))
  const [classOf, names] = [await table('image_class_labels.txt'), await table('classes.txt')]
  const hasSplit = existsSync(join(root, 'train_test_split.txt'))
  const trains = hasSplit ? await table('train_test_split.txt') : undefined
  return (await rows(root, 'images.txt', 2)).map(({ cells: [id, path], line }) => {
    const label = classOf.get(id)
    return {
      path: `images/${path}`,
      label: (label && names.get(label)) ?? `class ${label}`,
      split: trains && (trains.get(id) === '1' ? 'train' : 'test'),
      line,
    }
  })
}

async function readCars(root: string): Promise<Candidate[]> {
  const path = join(root, 'cars_annos.mat')
  const variables = parseMat(await readRegular(path), path)
  const annotations = variables.get('annotations') as MatStruct[] | undefined
  const names = (variables.get('class_names') ?? []) as string[]
  const field = (annotation: MatStruct, name: string, index: number) => {
    const value = annotation[name]
    if (value !== undefined && value.length > 0) return value
    throw new GlasshouseError({
      code: 'mat-malformed',
      what: 'an annotation lacks a field',
      where: `${path}, annotation ${index + 1}`,
      expected: name,
    })
  }
  return (annotations ?? []).map((annotation, index) => {
    const number = Number((field(annotation, 'class', index) as number[])[0])
    // Names alone would not sort in the order of the classes.
    const label = `${String(number).padStart(3, '0')} ${names[number - 1] ?? ''}`.trim()
    const isTest = Number((field(annotation, 'test', index) as number[])[0]) === 1
    return {
      path: String(field(annotation, 'relative_im_path', index)),
      label,
      split: isTest ? 'test' : 'train',
      line: index + 1,
    }
  })
}

async function readOnlineProducts(root: string): Promise<Candidate[]> {
  const read = async (name: string, split: 'train' | 'test') =>
    (await rows(root, name, 4, 1)).map(({ cells: [, label, , path], line }) => ({
      path,
      label: label.padStart(5, '0'),
      split,
      line,
    }))
  return [...(await read('Ebay_train.txt', 'train')), ...(await read('Ebay_test.txt', 'test'))]
}

async function readInShop(root: string, list: string): Promise<Candidate[]> {
  // The first line counts the images, the second names the columns. Paths start with img/, which may lie in Img/.
  const below = existsSync(join(root, 'img')) || !existsSync(join(root, 'Img')) ? '' : 'Img/'
  return (await rows(root, list, 3, 2)).map(({ cells: [path, label, status], line }) => {
    if (status === 'train') return { path: below + path, label, split: 'train', line }
    if (status === 'query' || status === 'gallery')
      return { path: below + path, label, split: 'test', role: status, line }
    throw new GlasshouseError({
      code: 'list-split',
      what: 'the row names a part that does not exist',
      where: `${join(root, list)}, line ${line}`,
      expected: 'train, query or gallery',
      got: `'${status}'`,
    })
  })
}
