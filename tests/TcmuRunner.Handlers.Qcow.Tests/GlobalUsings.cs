// SPDX-License-Identifier: Apache-2.0
global using TcmuRunner.Abstractions;
global using TcmuRunner.Handlers.Qcow.Engine;
