// The page's one script, and a courtesy: it fetches the page anew and puts the new <main> in place of the
// old. Without it the page is complete and has a link that loads it again. It can be paused, speaks up only
// when the verdict changes, leaves a selection and the focus alone, and says so when the agent no longer
// answers.
#pragma once

#include <string_view>

namespace outrider::ui {

inline constexpr std::string_view script = R"js(
(()=>{if(!location.protocol.startsWith('http'))return;
const at=id=>document.getElementById(id),pause=at('pause'),stale=at('stale'),said=at('said');
let paused=false,last=Date.now(),every=5000;
pause.hidden=false;
pause.onclick=()=>{paused=!paused;pause.setAttribute('aria-pressed',paused);
pause.textContent=paused?'Renew again':'Pause renewal';if(!paused)turn()};
async function turn(){
if(paused||document.hidden||String(getSelection())!=='')return;
try{
const answer=await fetch(location.href,{cache:'no-store',signal:AbortSignal.timeout(4000)});
if(!answer.ok)throw new Error(answer.status);
const fresh=new DOMParser().parseFromString(await answer.text(),'text/html');
const main=fresh.querySelector('main'),old=document.querySelector('main');
if(!main)throw new Error('not the page');
const focus=document.activeElement&&document.activeElement.id;
const before=old.querySelector('h1').textContent,after=main.querySelector('h1').textContent;
old.replaceWith(document.adoptNode(main));
if(focus&&at(focus)&&document.activeElement===document.body)at(focus).focus();
at('updated').replaceWith(document.adoptNode(fresh.getElementById('updated')));
document.title=fresh.title;
document.querySelector('link[rel=icon]').href=fresh.querySelector('link[rel=icon]').href;
if(before!==after)said.textContent=after;
last=Date.now();stale.hidden=true;
}catch(trouble){
stale.textContent='The agent has not answered for '+Math.round((Date.now()-last)/1000)+
' s: what you see is old.';stale.hidden=false}}
setInterval(turn,every);
document.addEventListener('visibilitychange',()=>{if(!document.hidden)turn()});
})();
)js";

}  // namespace outrider::ui
