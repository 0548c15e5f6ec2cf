// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;

namespace TcmuRunner.Handlers.Rbd;

/// <summary>Finds out whether a pool's data are on drives that do not rotate.</summary>
internal static class SolidStateProbe
{
    private const string RotatingClass = "hdd";

    /// <summary>
    /// Whether the disk should call itself solid-state: unless the pool's CRUSH rule takes rotating drives only. Where the cluster does not say,
    /// its drives are still many, and an initiator that sorts its requests for a single arm helps none of them. Blocks.
    /// </summary>
    public static bool IsSolidState(RadosConnection connection, string pool)
    {
        string rule = ReadRule(connection, pool);
        return rule.Length == 0 || !IsListed(connection, rule);
    }

    private static string ReadRule(RadosConnection connection, string pool)
    {
        using JsonDocument? answer = Ask(connection, $$"""{"prefix":"osd pool get","pool":"{{JsonEncodedText.Encode(pool)}}","var":"crush_rule","format":"json"}""");
        return answer?.RootElement is { ValueKind: JsonValueKind.Object } found && found.TryGetProperty("crush_rule", out JsonElement rule)
            && rule.ValueKind == JsonValueKind.String ? rule.GetString()! : string.Empty;
    }

    private static bool IsListed(RadosConnection connection, string rule)
    {
        using JsonDocument? answer = Ask(connection, $$"""{"prefix":"osd crush rule ls-by-class","class":"{{RotatingClass}}","format":"json"}""");
        return answer?.RootElement is { ValueKind: JsonValueKind.Array } rules
            && rules.EnumerateArray().Any(each => each.ValueKind == JsonValueKind.String && each.ValueEquals(rule));
    }

    // A user without the capability to ask, and an old cluster, get no answer that can be understood.
    private static JsonDocument? Ask(RadosConnection connection, string command)
    {
        if (connection.Command(command, out string answer) < 0)
        {
            return null;
        }

        try
        {
            return JsonDocument.Parse(answer);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
