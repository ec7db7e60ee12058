<?php
// Receives Galla's webhook for shop.php: for each sale of which something is known it leaves a file ID.told.
$body = file_get_contents('php://input');
$parts = explode(',', $_SERVER['HTTP_GALLA_SIGNATURE'] ?? 't=0');
$at = substr(array_shift($parts), 2);
$right = 'v1=' . hash_hmac('sha256', "$at.$body", getenv('SECRET'));
$known = array_filter($parts, fn ($sum) => hash_equals($right, $sum));
if (!$known || abs(time() - (int) $at) > 300) {
    http_response_code(403);
    exit;
}
foreach (json_decode($body, true)['events'] as $event) {
    if (isset($event['milestones']) && preg_match('/^[0-9A-Z]+$/', $event['sale_id'])) {
        touch("{$event['sale_id']}.told");
    }
}
http_response_code(204);
