// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <summary>What sort of disk it is; the numbers are those of MUTATE and of the image.</summary>
internal enum DeviceKind : byte
{
    NonZoned = 1,
    HostManaged = 2,
    HostAware = 3,
    ZoneDomains = 4,
}
