/** A button that opens files of the disk. */
import { takeFiles } from './state.ts'

export const FileButton = ({
  label,
  accept,
  primary,
  take = takeFiles,
}: {
  label: string
  accept: string
  primary?: boolean
  take?: (files: FileList) => Promise<void>
}) => (
  <label class={`button small${primary ? ' primary' : ''}`}>
    {label}
    <input
      type="file"
      class="unseen"
      multiple
      accept={accept}
      onChange={async event => {
        const input = event.currentTarget
        if (input.files?.length) await take(input.files)
        input.value = ''
      }}
    />
  </label>
)
