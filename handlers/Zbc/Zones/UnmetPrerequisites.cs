// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <summary>Byte 9 of the answer to ZONE ACTIVATE and ZONE QUERY.</summary>
[Flags]
internal enum UnmetPrerequisites : byte
{
    None = 0,

    /// <summary>Zones to activate are not inactive.</summary>
    NotInactive = 0x01,

    /// <summary>Zones to deactivate are not empty.</summary>
    NotEmpty = 0x02,

    /// <summary>The range is not one of whole realms.</summary>
    RealmAlignment = 0x04,

    /// <summary>The range has several zone types.</summary>
    SeveralTypes = 0x08,

    /// <summary>The realm cannot become of that type.</summary>
    Unsupported = 0x10,

    /// <summary>The range goes beyond its domain.</summary>
    CrossesDomain = 0x20,
}
