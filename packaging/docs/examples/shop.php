<?php
// Sells one bill by Galla; hook.php beside it receives the webhook. PHP 8, no packages.
//   GALLA=http://127.0.0.1:8086 TOKEN=… php shop.php BILL-17 250.00
//   SECRET=… php -S 127.0.0.1:9000 hook.php

function call(string $method, string $path, ?array $body = null, ?string $key = null): array
{
    $headers = ['Authorization: Bearer ' . getenv('TOKEN')];
    if ($key !== null) {
        $headers[] = "Idempotency-Key: $key";
    }
    if ($body !== null) {
        $headers[] = 'Content-Type: application/json';
    }
    $how = ['method' => $method, 'header' => $headers, 'ignore_errors' => true, 'timeout' => 30];
    if ($body !== null) {
        $how['content'] = json_encode($body);
    }
    while (true) {
        $said = @file_get_contents(getenv('GALLA') . $path, false, stream_context_create(['http' => $how]));
        if ($said !== false) {
            $status = (int) explode(' ', $http_response_header[0])[1];
            $answer = json_decode($said, true);
            if ($status < 300) {
                return $answer;
            }
            if ($status < 500) {
                fwrite(STDERR, "{$answer['detail']}\n{$answer['next']}\n");
                exit(1);
            }
        }
        sleep(1); // the same key: nothing is done twice
    }
}

[, $reference, $rupees] = $argv;
if (!preg_match('/^\d+(\.\d{1,2})?$/D', $rupees)) {
    fwrite(STDERR, "$rupees: write the amount like 250.00\n"); // (float) '1,000.00' would be 1
    exit(64);
}

// 1. The key is on the disk before the sale is asked for: a program that dies in between asks for the same sale again.
$note = rawurlencode($reference) . '.key'; // a bill may be INV/26-27/17
if (!file_exists($note)) {
    file_put_contents($note, bin2hex(random_bytes(16)));
}
$paise = (int) round((float) $rupees * 100);
$sale = call('POST', '/v1/sales', ['amount_paise' => $paise, 'reference' => $reference], file_get_contents($note));
echo "{$sale['name']} is open\n";

// 2. The receiver leaves a file for each sale of which something is known. What the sale is, the till is asked itself: so a
// message that is lost, late or comes twice does no harm. "closing" is no end: money may still come.
while ($sale['phase'] !== 'paid' && $sale['phase'] !== 'closed') {
    for ($i = 0; $i < 50 && !file_exists("{$sale['id']}.told"); $i++) {
        usleep(100000);
        clearstatcache();
    }
    @unlink("{$sale['id']}.told");
    $sale = call('GET', "/v1/sales/{$sale['id']}");
}
echo $sale['phase'] === 'paid' ? "$reference is paid, RRN {$sale['rrn']}\n" : "$reference was not paid: {$sale['message']}\n";
