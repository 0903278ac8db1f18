// What of torchvision's models was read right, as a Markdown table: from the report of test/onnx-zoo.test.ts.
//
//   node scripts/zoo-table.js findings.ndjson
//
// One row for each family and the versions of the standard that it was tried in, with the largest of its differences.
import { readFileSync } from 'node:fs'

const [path] = process.argv.slice(2)
if (!path) throw new Error('name the report: node scripts/zoo-table.js findings.ndjson')
// A later line of the same model and version takes the place of an earlier one.
const findings = new Map()
for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
  const finding = JSON.parse(line)
  findings.set(`${finding.name} ${finding.opset}`, finding)
}

const models = new Map()
for (const finding of findings.values())
  models.set(finding.name, [...(models.get(finding.name) ?? []), finding])

const families = new Map()
for (const [name, found] of models) {
  const family = /^(wide_)?[a-z]+/.exec(name)[0]
  const versions = found.filter(({ logits }) => logits !== undefined).map(({ opset }) => opset)
  const smooth = found.some(({ smooth }) => smooth)
  const key = `${family} ${versions.sort((a, b) => a - b)} ${smooth}`
  const row = families.get(key) ?? { names: [], versions, found: [], smooth }
  row.names.push(name)
  row.found.push(...found)
  families.set(key, row)
}

const isRight = ({ logits, gradient, spread }) =>
  logits < Math.max(1e-4, 3 * spread[0]) && gradient < Math.max(1e-3, 3 * spread[1])
const rangeOf = versions =>
  versions.length === versions.at(-1) - versions[0] + 1 && versions.length > 2
    ? `${versions[0]} to ${versions.at(-1)}`
    : versions.join(', ')
const most = (found, of) => Math.max(...found.map(of)).toExponential(1)

console.log(
  '| models | versions | logits, at most | gradient, at most | rounding moves them in PyTorch | |\n|---|---|---|---|---|---|',
)
for (const { names, versions, found, smooth } of families.values()) {
  const ran = found.filter(({ logits }) => logits !== undefined)
  if (!ran.length) continue
  const own = [0, 1].map(at => most(ran, ({ spread }) => spread[at])).join(', ')
  const wrong = ran.filter(finding => !isRight(finding)).length
  const cells = [
    names.map(name => `\`${name}\``).join(', ') + (smooth ? ', with SiLU' : ''),
    rangeOf(versions),
    most(ran, ({ logits }) => logits),
    most(ran, ({ gradient }) => gradient),
    own,
    wrong ? `${wrong} wrong` : 'right',
  ]
  console.log(`| ${cells.join(' | ')} |`)
}
const faults = [...findings.values()].filter(({ fault }) => fault)
const refused = [...findings.values()].filter(({ notExported }) => notExported)
console.log(
  `\n${models.size} models, ${findings.size} exports; not read: ${faults.length}; not exported by PyTorch: ${refused.length}`,
)
for (const { name, opset, fault, notExported } of [...faults, ...refused])
  console.log(`${name}, version ${opset}: ${fault ?? notExported}`)
