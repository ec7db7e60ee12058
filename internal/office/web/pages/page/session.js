// session is who is signed in.
import { get, post } from './api.js';

const nobody = { role: 'nobody' };
export let me = nobody;

export async function load() {
  me = await get('/v1/owner/me');
  return me;
}

export async function signIn(name, password) {
  me = await post('/v1/owner/session', { name, password });
}

export async function signOut() {
  await post('/v1/owner/session/end');
  forget();
}

export const forget = () => { me = nobody; };

const ranks = ['nobody', 'viewer', 'accountant', 'owner'];
export const may = (role) => ranks.indexOf(me.role) >= ranks.indexOf(role);
