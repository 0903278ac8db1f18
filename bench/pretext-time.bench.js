import { pretextPath } from './pretext-path.js'

export default pretextPath('time')
