import { authentication, authorization, others } from './rows/policies';
import { rows } from './support';

describe('AuthorizationPolicies', () => rows(authorization));
describe('authentication', () => rows(authentication));
describe('telemetry and plugins', () => rows(others));
