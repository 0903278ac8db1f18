import { dreamStep } from './dream-step.js'

export default dreamStep({ size: 512 })
