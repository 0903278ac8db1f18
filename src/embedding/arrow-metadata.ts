/**
 * Checks the counts and places in the metadata of an Arrow file before the Arrow library believes them: it allocates
 * and repeats what they say, and a damaged file may say billions. Every entry of a list takes space, so an honest
 * count is never larger than the metadata it stands in.
 *
 * The format (https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format): a magic, messages with their data,
 * a footer with the schema and the places of the messages, the footer's size, the magic again.
 */
import { DictionaryBatch } from 'apache-arrow/fb/dictionary-batch'
import type { Field } from 'apache-arrow/fb/field'
import { Footer } from 'apache-arrow/fb/footer'
import { Message } from 'apache-arrow/fb/message'
import { MessageHeader } from 'apache-arrow/fb/message-header'
import { RecordBatch } from 'apache-arrow/fb/record-batch'
import type { Schema } from 'apache-arrow/fb/schema'
import { Type } from 'apache-arrow/fb/type'
import { ByteBuffer } from 'flatbuffers'

/** Counts entries against the space that they stand in. */
type Count = (entries: number) => number

/** @throws RangeError where a count or a place cannot be true */
export function checkArrowFile(file: Uint8Array): void {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const end = file.length - 10 // the footer's size, and the magic
  const footerLength = end > 0 ? view.getInt32(end, true) : 0
  if (!(footerLength > 0 && footerLength <= end)) throw new RangeError('it has no footer')
  const footer = Footer.getRootAsFooter(new ByteBuffer(file.subarray(end - footerLength, end)))
  const count = counter(footerLength)
  checkSchema(footer.schema(), count)
  const batches = count(footer.recordBatchesLength())
  const dictionaries = count(footer.dictionariesLength())
  let left = file.length
  const checkBlock = (place: bigint | undefined, kind: MessageHeader) => {
    left -= checkMessage(view, Number(place), kind)
    if (left < 0) throw new RangeError('its batches overlap')
  }
  for (let i = 0; i < batches; i++) checkBlock(footer.recordBatches(i)?.offset(), MessageHeader.RecordBatch)
  for (let i = 0; i < dictionaries; i++) {
    checkBlock(footer.dictionaries(i)?.offset(), MessageHeader.DictionaryBatch)
  }
}

/** @returns how many bytes the message and its data take */
function checkMessage(view: DataView, place: number, kind: MessageHeader): number {
  // Since version 0.15 a marker stands before the size.
  const start = place + (view.getInt32(place, true) === -1 ? 8 : 4)
  const size = view.getInt32(start - 4, true)
  if (!(size > 0 && size <= view.byteLength - start))
    throw new RangeError('a message reaches beyond the file')
  const message = Message.getRootAsMessage(
    new ByteBuffer(new Uint8Array(view.buffer, view.byteOffset + start, size)),
  )
  const data = Number(message.bodyLength())
  if (!(data >= 0 && data <= view.byteLength - start - size)) throw new RangeError('a batch is cut short')
  if (message.headerType() !== kind) throw new RangeError('a message is of another kind than its place says')
  const count = counter(size)
  count(message.customMetadataLength())
  const batch: RecordBatch | null | undefined =
    kind === MessageHeader.RecordBatch
      ? message.header(new RecordBatch())
      : message.header(new DictionaryBatch())?.data()
  checkBatch(batch, count, view.byteLength)
  return size + data
}

function checkBatch(batch: RecordBatch | null | undefined, count: Count, fileLength: number): void {
  if (!batch) throw new RangeError('a batch is missing')
  const checkRows = (rows: bigint | undefined) => {
    // A row takes at least a bit.
    if (rows === undefined || rows < 0n || rows > 8n * BigInt(fileLength)) {
      throw new RangeError('a column has more rows than the file can hold')
    }
  }
  checkRows(batch.length())
  const nodes = count(batch.nodesLength())
  for (let i = 0; i < nodes; i++) checkRows(batch.nodes(i)?.length())
  count(batch.buffersLength())
  const variadic = count(batch.variadicBufferCountsLength())
  for (let i = 0; i < variadic; i++) count(Number(batch.variadicBufferCounts(i)))
}

function checkSchema(schema: Schema | null, count: Count): void {
  if (!schema) throw new RangeError('the schema is missing')
  count(schema.customMetadataLength())
  const fields = count(schema.fieldsLength())
  for (let i = 0; i < fields; i++) checkField(schema.fields(i), count)
}

function checkField(field: Field | null, count: Count): void {
  if (!field) throw new RangeError('a column is missing')
  if (field.typeType() === Type.Union) throw new RangeError('columns of mixed types are not read')
  count(field.customMetadataLength())
  const children = count(field.childrenLength())
  for (let i = 0; i < children; i++) checkField(field.children(i), count)
}

function counter(space: number): Count {
  let left = space
  return entries => {
    left -= entries
    if (!(entries >= 0 && left >= 0)) throw new RangeError('a count in its metadata is too large')
    return entries
  }
}
