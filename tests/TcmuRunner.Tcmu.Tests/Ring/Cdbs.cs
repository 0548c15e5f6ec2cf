// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Tests.Ring;

/// <summary>Command descriptor blocks for tests in which only their form matters.</summary>
internal static class Cdbs
{
    /// <summary>READ (10) of 8 blocks.</summary>
    internal static byte[] Read { get; } = [0x28, 0, 0, 0, 0, 0, 0, 0, 8, 0];

    /// <summary>WRITE (10) of 8 blocks.</summary>
    internal static byte[] Write { get; } = [0x2A, 0, 0, 0, 0, 0, 0, 0, 8, 0];

    /// <summary>TEST UNIT READY.</summary>
    internal static byte[] TestUnitReady { get; } = new byte[6];
}
