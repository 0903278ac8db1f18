import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readDataset } from './dataset.node.ts'
import matlab from './fixtures/matlab.json' with { type: 'json' }
import { encoded, temporaryFolder, writeAll } from './fixtures/pictures.node.ts'
import { parseMat } from './matlab.ts'

const picture = await encoded('jpeg')
const pictures = (...paths: string[]) => Object.fromEntries(paths.map(path => [path, picture]))
const bytes = (base64: string) => Uint8Array.from(Buffer.from(base64, 'base64'))

/** What was read, in short: path, class, split and role of every item. */
async function read(files: Record<string, string | Uint8Array>) {
  const root = temporaryFolder()
  writeAll(root, files)
  const { items, classes } = await readDataset(root)
  return items.map(({ path, label, split, role }) => [path, classes[label], split, ...(role ? [role] : [])])
}

describe('data sets as their publishers distribute them', () => {
  it('CUB-200-2011', async () => {
    const [one, two] = ['001.Black_footed_Albatross/a.jpg', '002.Laysan_Albatross/b.jpg']
    const files = {
      ...pictures(`images/${one}`, `images/${two}`),
      'images.txt': `1 ${one}\n2 ${two}\n`,
      'image_class_labels.txt': '1 1\n2 2\n',
      'classes.txt': '1 001.Black_footed_Albatross\n2 002.Laysan_Albatross\n',
      'train_test_split.txt': '1 0\n2 1\n',
      'bounding_boxes.txt': '1 60.0 27.0 325.0 304.0\n2 139.0 30.0 153.0 264.0\n',
    }
    expect(await read(files)).toEqual([
      [`images/${one}`, '001.Black_footed_Albatross', 'test'],
      [`images/${two}`, '002.Laysan_Albatross', 'train'],
    ])
  })

  it('CARS196', async () => {
    const files = {
      ...pictures(...[1, 2, 3, 4].map(n => `car_ims/00000${n}.jpg`)),
      'cars_annos.mat': bytes(matlab.cars),
    }
    expect(await read(files)).toEqual([
      ['car_ims/000001.jpg', '001 AM General Hummer SUV 2000', 'train'],
      ['car_ims/000002.jpg', '001 AM General Hummer SUV 2000', 'test'],
      ['car_ims/000003.jpg', '002 Acura RL Sedan 2012', 'train'],
      ['car_ims/000004.jpg', '002 Acura RL Sedan 2012', 'test'],
    ])
  })

  it('Stanford Online Products', async () => {
    const header = 'image_id class_id super_class_id path\n'
    const files = {
      ...pictures('bicycle_final/111085122871_0.JPG', 'chair_final/251952414262_2.JPG'),
      'Ebay_train.txt': `${header}1 1 1 bicycle_final/111085122871_0.JPG\n`,
      'Ebay_test.txt': `${header}59552 11319 5 chair_final/251952414262_2.JPG\n`,
    }
    expect(await read(files)).toEqual([
      ['bicycle_final/111085122871_0.JPG', '00001', 'train'],
      ['chair_final/251952414262_2.JPG', '11319', 'test'],
    ])
  })

  it('In-shop, with queries and gallery', async () => {
    const [a, b, c] = ['1', '2', '3'].map(n => `img/WOMEN/Tees/id_0000000${n}/01_1_front.jpg`)
    const files = {
      ...pictures(`Img/${a}`, `Img/${b}`, `Img/${c}`),
      'Eval/list_eval_partition.txt': `3\nimage_name item_id evaluation_status\n${a}  id_00000001  train\n${b} id_00000002 query\n${c} id_00000002 gallery\n`,
    }
    expect(await read(files)).toEqual([
      [`Img/${a}`, 'id_00000001', 'train'],
      [`Img/${b}`, 'id_00000002', 'test', 'query'],
      [`Img/${c}`, 'id_00000002', 'test', 'gallery'],
    ])
  })

  it('the error for a short row names file and line', async () => {
    const root = temporaryFolder()
    writeAll(root, { 'Ebay_train.txt': 'image_id class_id super_class_id path\n1 1\n', 'Ebay_test.txt': '' })
    await expect(readDataset(root)).rejects.toMatchObject({
      code: 'list-row',
      where: `${join(root, 'Ebay_train.txt')}, line 2`,
    })
  })
})

describe('MATLAB files', () => {
  it('hold numbers, column by column, and text', () => {
    const variables = parseMat(bytes(matlab.plain), 'x.mat')
    expect(variables.get('x')).toEqual([0, 3, 1, 4, 2, 5])
    expect(variables.get('n')).toEqual([-3, 7])
    expect(variables.get('t')).toBe('café')
  })

  it('that are damaged are refused', () => {
    const file = bytes(matlab.cars)
    expect(() => parseMat(file.subarray(0, 100), 'x.mat')).toThrow(/x\.mat/)
    for (let at = 130; at < file.length; at += 7) {
      const damaged = file.slice()
      damaged[at] ^= 0xff
      try {
        parseMat(damaged, 'x.mat')
      } catch (error) {
        expect(error).toMatchObject({ code: 'mat-malformed' })
      }
    }
  })
})
