"""A second system that pays through the platform, written from the Unified platform's document (统一支付平台 API) alone, by
other hands than sampleClient.ts and in another language. It buys something at a PC and something on a phone, hears of the
payment at its bgUrl, and asks. Each line that it prints is JSON; the last one is its verdict.

Arguments: the platform's address, domainCode, domainSecret, and the port where it hears.
"""
import hashlib
import json
import queue
import sys
import time
import threading
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

PLATFORM, DOMAIN, SECRET, PORT = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
HERE = 'http://127.0.0.1:%d' % PORT
heard = queue.Queue()
faults = []


def fingerprint(fields):
    """All parameters that are not empty, with the secret, in order, as one SHA-1."""
    parts = [v for k, v in fields.items() if k != 'sign' and v] + [SECRET]
    return hashlib.sha1(''.join(sorted(parts)).encode('utf-8')).hexdigest()


def with_sign(fields):
    return dict(fields, sign=fingerprint(fields))


def expect(what, truth, reply=None):
    if not truth:
        faults.append(what if reply is None else '%s: %s' % (what, json.dumps(reply, ensure_ascii=False)))


def fetch(path, fields=None, body=None):
    url = PLATFORM + '/' + path + ('?' + urllib.parse.urlencode(fields) if fields else '')
    data = None if body is None else json.dumps(body).encode('utf-8')
    request = urllib.request.Request(url, data, {'Content-Type': 'application/json;charset=utf-8'})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read().decode('utf-8'))


class Background(BaseHTTPRequestHandler):
    """bgUrl: a GET with ten parameters; only the text success ends the calls."""

    def do_GET(self):
        parameters = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query, keep_blank_values=True))
        heard.put(parameters)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'success')

    def log_message(self, *_):
        pass


def say(**line):
    print(json.dumps(line, ensure_ascii=True), flush=True)


def purchase(key, money, **more):
    return with_sign(dict({
        'domainCode': DOMAIN, 'payTypeCode': '', 'requestChannel': '', 'money': money,
        'info': '羽毛球场地，两小时', 'infoEn': 'Badminton court, two hours', 'requestKey': key, 'currencyType': 'CNY',
        'pageUrl': HERE + '/back', 'bgUrl': HERE + '/background', 'dialogOkUrl': HERE + '/ok',
        'dialogFailUrl': HERE + '/fail', 'rate': '', 'payTypeCodeIn': '',
    }, **more))


def at_a_pc():
    key = 'court-17-pc'
    offered = fetch('pay/api/pc/pay-types', {'domainCode': DOMAIN, 'paySceneName': 'pc'})
    expect('pay-types', offered['errcode'] == '0' and 'Wechat' in [one['code'] for one in offered['obj']])
    bought = purchase(key, '5200')
    shown = fetch('pay/api/pc/pay', body=dict(bought, payTypeCode='Wechat'))
    expect('a code', shown['errcode'] == '0' and isinstance(shown.get('obj'), str), shown)
    waiting = fetch('pay/api/pc/wechatQuery', dict(bought, payTypeCode='Wechat'))
    expect('it waits', waiting['errcode'] == '30000')
    asked = with_sign({'domainCode': DOMAIN, 'requestKey': key})
    expect('not paid yet', fetch('pay/api/private/pay/query', asked).get('obj') is False)
    if 'obj' not in shown:
        return
    say(code=shown['obj'])
    told = heard.get(timeout=120)
    names = 'money requestKey payTime orderSn payTypeCode payTypeName currencyType payStatus domainCode sign'
    expect('ten parameters', sorted(told) == sorted(names.split()))
    expect('signed', told['sign'] == fingerprint(told))
    expect('told what was paid', (told['money'], told['requestKey'], told['payStatus']) == ('5200', key, 'SUCCESSPAY'))
    for _ in range(60):
        if fetch('pay/api/pc/wechatQuery', dict(bought, payTypeCode='Wechat'))['errcode'] == '0':
            break
        time.sleep(1)
    else:
        faults.append('wechatQuery never said 0')
    expect('query', fetch('pay/api/private/pay/query', asked).get('obj') is True)
    record = fetch('pay/api/private/pay/queryInfo', asked)['obj']
    expect('queryInfo', record['money'] == 5200 and record['payStatus'] == 'SUCCESSPAY')
    expect('one order', record['orderSn'] == told['orderSn'] and str(record['payTime']) == told['payTime'])


def on_a_phone():
    bought = purchase('court-18-h5', '100')
    sent_on = fetch('pay/api/h5/pay', body=dict(bought, payTypeCode='Alipay', openid=''))
    expect('HTML for Alipay', sent_on['errcode'] == '0' and '<' in sent_on.get('obj', ''), sent_on)


def refusals():
    changed = purchase('court-17-pc', '1')
    expect('a used key', fetch('pay/api/pc/pay', body=dict(changed, payTypeCode='Wechat'))['errcode'] != '0')
    forged = dict(purchase('court-19-pc', '5200'), sign='0' * 40)
    refused = fetch('pay/api/pc/pay', body=dict(forged, payTypeCode='Wechat'))
    expect('a wrong signature', refused['errcode'] != '0' and refused['errormsg'] != '')


listener = HTTPServer(('127.0.0.1', PORT), Background)
threading.Thread(target=listener.serve_forever, daemon=True).start()
at_a_pc()
on_a_phone()
refusals()
say(faults=faults)
