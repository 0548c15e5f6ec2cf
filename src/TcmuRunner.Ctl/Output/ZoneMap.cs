// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using TcmuRunner.DBus.Service;

namespace TcmuRunner.Ctl.Output;

/// <summary>A disk with zones as text: one character for each zone, realms apart, domains on lines of their own.</summary>
internal static class ZoneMap
{
    private const int Columns = 64;
    private const string Fills = "▁▂▃▄▅▆▇█";
    private const byte Conventional = 1;
    private const byte Gap = 5;
    private const byte Empty = 1;
    private const byte Inactive = 5;
    private const byte ReadOnly = 13;
    private const byte Full = 14;
    private const byte Offline = 15;

    /// <summary>Draws the map.</summary>
    /// <param name="name">The disk.</param>
    /// <param name="zones">Its zones, in order.</param>
    internal static IEnumerable<string> Lines(string name, IReadOnlyList<ZoneFacts> zones)
    {
        yield return $"{name}: {zones.Count} zones of up to {zones.Max(zone => zone.BlockCount)} blocks";
        yield return "  " + string.Join(", ", zones.GroupBy(zone => zone.Type == Gap ? "gap" : NameOf(zone.Condition)).Select(group => $"{group.Count()} {group.Key}"));
        int domain = -1;
        for (int first = 0; first < zones.Count;)
        {
            if (zones[first].Domain != domain && zones[first].Domain >= 0)
            {
                domain = zones[first].Domain;
                yield return $"  domain {domain}, {TypeOf(zones[first].Type)}";
            }

            int next = first;
            yield return Row(zones, ref next, domain);
            first = next;
        }

        yield return "  C conventional   · empty   ▁▂▃▄▅▆▇ written   █ full   - inactive   r read-only   x offline   ' ' gap";
    }

    /// <summary>ZONE CONDITION in words.</summary>
    internal static string NameOf(byte condition) => condition switch
    {
        0 => "not write pointer",
        Empty => "empty",
        2 => "implicitly opened",
        3 => "explicitly opened",
        4 => "closed",
        Inactive => "inactive",
        ReadOnly => "read-only",
        Full => "full",
        Offline => "offline",
        _ => condition.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>ZONE TYPE in words.</summary>
    internal static string TypeOf(byte type) => type switch
    {
        Conventional => "conventional",
        2 => "sequential write required",
        3 => "sequential write preferred",
        4 => "sequential or before required",
        Gap => "gap",
        _ => type.ToString(CultureInfo.InvariantCulture),
    };

    private static string Row(IReadOnlyList<ZoneFacts> zones, ref int next, int domain)
    {
        var row = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{zones[next].Number,8}  ");
        int realm = zones[next].Realm;
        for (int cells = 0; next < zones.Count && cells < Columns; next++, cells++)
        {
            ZoneFacts zone = zones[next];
            if (zone.Domain >= 0 && zone.Domain != domain)
            {
                break;
            }

            if (zone.Realm != realm)
            {
                row.Append('│');
                realm = zone.Realm;
            }

            row.Append(Cell(zone));
        }

        return row.ToString();
    }

    private static char Cell(ZoneFacts zone) => (zone.Type, zone.Condition) switch
    {
        (Gap, _) => ' ',
        (_, ReadOnly) => 'r',
        (_, Offline) => 'x',
        (_, Inactive) => '-',
        (Conventional, _) => 'C',
        (_, Empty) => '·',
        (_, Full) => '█',
        _ => Fills[(int)Math.Clamp((ulong)Math.Max(0, zone.WrittenBlocks) * 7 / Math.Max(1, zone.BlockCount), 0, 6)],
    };
}
