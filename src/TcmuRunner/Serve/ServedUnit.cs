// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Text;
using TcmuRunner.Scsi;

namespace TcmuRunner.Serve;

/// <summary>What the world outside is for a disk of <c>tcmu-runner serve</c>.</summary>
/// <param name="target">The target's name.</param>
/// <param name="configuration">The configuration string.</param>
internal sealed class ServedUnit(string target, string configuration) : ILogicalUnitEnvironment
{
    /// <summary>The same disk has the same serial number in every life of the program: initiators know it by that.</summary>
    public string? UnitSerialNumber { get; } =
        new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{target}\n{configuration}")).AsSpan(0, 16), bigEndian: true).ToString();

    public ITargetPortGroups TargetPortGroups { get; } = new ServedPorts(target);
}
