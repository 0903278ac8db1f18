import { describe, expect, test } from 'vitest'
import { GlasshouseError } from '../base/errors.ts'
import { parseList } from './list.node.ts'

function complaint(work: () => unknown): GlasshouseError {
  try {
    work()
  } catch (error) {
    if (error instanceof GlasshouseError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('a list of images', () => {
  test('may quote cells, begin with a byte order mark and have blank lines', () => {
    const text =
      '\ufeffpath,label,split\r\n"a, b/1.jpg","the ""big"" one",train\r\n\r\n./c//2.jpg,small,val\r\n'
    expect(parseList(text, 'l.csv').rows).toEqual([
      { path: 'a, b/1.jpg', label: 'the "big" one', split: 'train', line: 2 },
      { path: 'c/2.jpg', label: 'small', split: 'val', line: 4 },
    ])
  })
  test('may be separated by tabs, its columns in any order, among others', () => {
    expect(parseList('id\tLabel\tPath\n7\tx\ta,b.png\n', 'l.TSV').rows).toEqual([
      { path: 'a,b.png', label: 'x', split: undefined, line: 2 },
    ])
  })
  test('leaves the split open where the cell is empty', () => {
    expect(parseList('path,label,split\na,x,\nb,x,test', 'l.csv').rows.map(({ split }) => split)).toEqual([
      undefined,
      'test',
    ])
  })
  test.each([
    ['path,class\na,x\n', 'list-columns', 'l.csv, line 1'],
    ['', 'list-columns', 'l.csv, line 1'],
    ['path,label\n', 'list-empty', 'l.csv'],
    ['path,label\na,x\nb\n', 'list-row', 'l.csv, line 3'],
    ['path,label\na,x\n,y\n', 'list-row', 'l.csv, line 3'],
    ['path,label\na,b,x\n', 'list-row', 'l.csv, line 2'],
    ['path,label,split\na,x,train\nb,x,later\n', 'list-split', 'l.csv, line 3'],
    ['path,label\na,x\n"b,x\nc,y\n', 'list-syntax', 'l.csv, line 4'],
  ])('%j is refused as %s at %s', (text, code, where) => {
    const error = complaint(() => parseList(text, 'l.csv'))
    expect({ code: error.code, where: error.where }).toEqual({ code, where })
  })
})
