// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <summary>A range of zones of one type in a disk with zone domains (ZBC-2 4.3).</summary>
/// <param name="Id">ZONE DOMAIN ID, also the index.</param>
/// <param name="Type">Type of its zones.</param>
/// <param name="FirstZone">Number of the first zone.</param>
/// <param name="ZoneCount">How many zones, those without a realm included.</param>
/// <param name="ZonesPerRealm">How many zones a realm has here.</param>
internal sealed record ZoneDomain(int Id, ZoneType Type, int FirstZone, int ZoneCount, int ZonesPerRealm)
{
    /// <summary>Whether its zones lie on shingled tracks.</summary>
    public bool IsShingled => Type is ZoneType.SequentialWriteRequired or ZoneType.SequentialWritePreferred;

    public bool Contains(int zone) => zone >= FirstZone && zone < FirstZone + ZoneCount;
}
