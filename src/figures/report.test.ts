import { parseHTML } from 'linkedom'
import { expect, test } from 'vitest'
import { renderReport } from './report.ts'

test('data of a live part cannot end the script element that it stands in', () => {
  const data = { text: '</script><b>out</b>' }
  const page = renderReport({
    title: 'Live',
    summary: '',
    sections: [{ title: '', parts: [{ kind: 'live', markup: '<p></p>', data, script: '() => {}' }] }],
    footer: '',
  })
  const { document } = parseHTML(page)
  expect(document.querySelector('b')).toBeNull()
  expect(JSON.parse(document.querySelector('script[type="application/json"]')!.textContent)).toEqual(data)
})
